import type { ReactElement } from 'react';
import { useLocalisation } from '../../../i18n/context.ts';
import { type Kind, KINDS } from './draft.ts';

export function KindChoice({ kind, onChoose }: { kind: Kind; onChoose: (kind: Kind) => void }): ReactElement {
  const { t } = useLocalisation();
  return (
    <fieldset>
      <legend>{t('jobs.kind')}</legend>
      {KINDS.map((offered) => (
        <label key={offered}>
          <input
            type="radio"
            name="kind"
            value={offered}
            checked={offered === kind}
            onChange={() => {
              onChoose(offered);
            }}
          />
          {t(`kind.${offered}`)}
        </label>
      ))}
    </fieldset>
  );
}
