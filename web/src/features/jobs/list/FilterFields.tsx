import { type ReactElement, useId, useState } from 'react';
import { isDay, type JobFilters, LAST_DAY, PERIOD_NAMES } from '../../../api/job-filters.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { KINDS } from '../new/draft.ts';
import { IdSearch } from './IdSearch.tsx';
import type { ChangeFilters } from './useJobFilters.ts';
import { useTyped } from './useTyped.ts';

interface Props {
  filters: JobFilters;
  onChange: ChangeFilters;
}

const DAYS = 'days';

/** Kind, time and id. An empty choice takes its filter away. */
export function FilterFields({ filters, onChange }: Props): ReactElement {
  const { t } = useLocalisation();
  const { kind, period, from, to } = filters;
  // While one types, there may be no whole day.
  const [typesDays, setTypesDays] = useState(false);
  const byDays = from !== undefined || to !== undefined || typesDays;
  const chooseTime = (value: string): void => {
    setTypesDays(false);
    const chosen =
      value === DAYS ? { from: today() } : { period: PERIOD_NAMES.find((name) => name === value) };
    onChange({ period: undefined, from: undefined, to: undefined, ...chosen });
  };
  const chooseDay = (day: { from?: string; to?: string }): void => {
    setTypesDays(!Object.values({ from, to, ...day }).some(Boolean));
    onChange(day, true);
  };
  return (
    <div className="filters">
      <Choice
        label={t('jobs.kind')}
        value={kind ?? ''}
        options={[
          ['', t('jobs.allKinds')],
          ...KINDS.map((known): [string, string] => [known, kindName(known, t)]),
        ]}
        onChange={(value) => {
          onChange({ kind: value });
        }}
      />
      <Choice
        label={t('jobs.created')}
        value={byDays ? DAYS : (period ?? '')}
        options={[
          ['', t('jobs.anyTime')],
          ...PERIOD_NAMES.map((known): [string, string] => [known, t(`period.${known}`)]),
          [DAYS, t('jobs.between')],
        ]}
        onChange={chooseTime}
      />
      {byDays && (
        <Day
          label={t('jobs.from')}
          value={from}
          onChange={(value) => {
            chooseDay({ from: value });
          }}
        />
      )}
      {byDays && (
        <Day
          label={t('jobs.to')}
          value={to}
          onChange={(value) => {
            chooseDay({ to: value });
          }}
        />
      )}
      <IdSearch filters={filters} onChange={onChange} />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: [value: string, text: string][];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          onChange(target.value);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface DayProps {
  label: string;
  value: string | undefined;
  onChange: (value: string) => void;
}

function Day({ label, value = '', onChange }: DayProps): ReactElement {
  const id = useId();
  const [typed, setTyped] = useTyped(value, dayOf);
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        max={LAST_DAY}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          onChange(dayOf(target.value));
        }}
      />
    </div>
  );
}

function dayOf(text: string): string {
  return isDay(text) ? text : '';
}

function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
