import { type ReactElement, useState } from 'react';
import { PageTitle } from '../../../components/PageTitle.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { useUser } from '../../session/context.ts';
import { hasDraft } from '../new/draft.ts';
import { NewJobPanel } from '../new/NewJobPanel.tsx';
import { FilterFields } from './FilterFields.tsx';
import { JobHistory } from './JobHistory.tsx';
import { StatusFilter } from './StatusFilter.tsx';
import { UsageLine } from './UsageLine.tsx';
import { useJobFilters } from './useJobFilters.ts';

export function JobsPage(): ReactElement {
  const { t } = useLocalisation();
  const { id: userId } = useUser();
  const [filters, setFilters] = useJobFilters();
  const [isAdding, setAdding] = useState(() => hasDraft(userId));
  return (
    <div className="wide">
      <div className="bar">
        <PageTitle text={t('jobs.title')} />
        <button
          type="button"
          aria-expanded={isAdding}
          onClick={() => {
            setAdding((before) => !before);
          }}
        >
          {t('jobs.new')}
        </button>
      </div>
      <div className="columns">
        <NewJobPanel
          isOpen={isAdding}
          onClose={() => {
            setAdding(false);
          }}
        />
        <div>
          <h2 className="unseen">{t('jobs.history')}</h2>
          <StatusFilter filters={filters} />
          <FilterFields filters={filters} onChange={setFilters} />
          <JobHistory filters={filters} />
          <UsageLine />
        </div>
      </div>
    </div>
  );
}
