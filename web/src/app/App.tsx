import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { LocalisationContext } from '../i18n/context.ts';
import { type Language, storedLanguage, storeLanguage, translator } from '../i18n/language.ts';
import { CurrentScreen } from './CurrentScreen.tsx';
import { Footer } from './Footer.tsx';
import { Header } from './Header.tsx';
import { ServiceNotice } from './ServiceNotice.tsx';

export function App(): ReactElement {
  const [language, setLanguage] = useState<Language>(storedLanguage);
  const localisation = useMemo(() => ({ language, t: translator(language) }), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const choose = (chosen: Language): void => {
    storeLanguage(chosen);
    setLanguage(chosen);
  };

  return (
    <LocalisationContext value={localisation}>
      <a className="skip" href="#content">
        {localisation.t('app.skip')}
      </a>
      <Header onLanguage={choose} />
      <main id="content" tabIndex={-1}>
        <ServiceNotice />
        <CurrentScreen />
      </main>
      <Footer />
    </LocalisationContext>
  );
}
