import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { type Language, LANGUAGES } from '../i18n/language.ts';

const NAMES: Record<Language, string> = { 'pt-BR': 'Português', en: 'English' };

export function LanguageSwitch({ onChoose }: { onChoose: (language: Language) => void }): ReactElement {
  const { t, language } = useLocalisation();
  return (
    <div className="languages" role="group" aria-label={t('app.language')}>
      {LANGUAGES.map((offered) => (
        <button
          key={offered}
          type="button"
          className="quiet"
          lang={offered}
          aria-pressed={offered === language}
          onClick={() => {
            onChoose(offered);
          }}
        >
          {NAMES[offered]}
        </button>
      ))}
    </div>
  );
}
