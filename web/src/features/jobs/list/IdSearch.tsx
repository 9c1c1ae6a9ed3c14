import { type ReactElement, useId, useState } from 'react';
import type { JobFilters } from '../../../api/job-filters.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import type { ChangeFilters } from './useJobFilters.ts';

interface Props {
  filters: JobFilters;
  onChange: ChangeFilters;
}

const ID = /^[0-9a-f-]{8,36}$/;

/** Searches while one types, once there are enough characters. */
export function IdSearch({ filters, onChange }: Props): ReactElement {
  const { t } = useLocalisation();
  const id = useId();
  const searched = filters.id ?? '';
  const [typed, setTyped] = useState(searched);
  const [before, setBefore] = useState(searched);
  if (searched !== before) {
    setBefore(searched);
    if (searched !== normal(typed)) setTyped(searched);
  }
  const isPartial = normal(typed) !== '' && !ID.test(normal(typed));

  const type = (text: string): void => {
    setTyped(text);
    const wanted = ID.test(normal(text)) ? normal(text) : '';
    if (wanted !== searched) onChange({ id: wanted }, true);
  };
  return (
    <div className="filter">
      <label htmlFor={id}>{t('jobs.search')}</label>
      <input
        id={id}
        type="search"
        value={typed}
        maxLength={40}
        spellCheck={false}
        autoComplete="off"
        aria-describedby={isPartial ? `${id}-hint` : undefined}
        onChange={({ target }) => {
          type(target.value);
        }}
      />
      {isPartial && (
        <span id={`${id}-hint`} className="small" role="status">
          {t('jobs.searchHint')}
        </span>
      )}
    </div>
  );
}

function normal(text: string): string {
  return text.trim().toLowerCase();
}
