import type { ReactElement } from 'react';
import type { JobStatus } from '../../api/jobs.ts';
import { Icon } from '../../components/Icon.tsx';
import { useLocalisation } from '../../i18n/context.ts';

export function Status({ status }: { status: JobStatus }): ReactElement {
  const { t } = useLocalisation();
  return (
    <span className={`status ${status}`}>
      <Icon name={status} />
      {t(`status.${status}`)}
    </span>
  );
}
