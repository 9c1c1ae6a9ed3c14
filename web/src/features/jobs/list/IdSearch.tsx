import { type ReactElement, useId } from 'react';
import { isSearchedId, type JobFilters } from '../../../api/job-filters.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import type { ChangeFilters } from './useJobFilters.ts';
import { useTyped } from './useTyped.ts';

interface Props {
  filters: JobFilters;
  onChange: ChangeFilters;
}

/** Searches while one types, once there are enough characters. */
export function IdSearch({ filters, onChange }: Props): ReactElement {
  const { t } = useLocalisation();
  const id = useId();
  const searched = filters.id ?? '';
  const [typed, setTyped] = useTyped(searched, wantedOf);
  const isPartial = typed.trim() !== '' && wantedOf(typed) === '';

  const type = (text: string): void => {
    setTyped(text);
    const wanted = wantedOf(text);
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

function wantedOf(text: string): string {
  const normal = text.trim().toLowerCase();
  return isSearchedId(normal) ? normal : '';
}
