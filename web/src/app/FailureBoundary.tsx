import { Component, type ReactElement, type ReactNode } from 'react';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { useLocalisation } from '../i18n/context.ts';

interface State {
  error?: unknown;
}

/** Says that a part of the page did not load, or threw. */
export class FailureBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? this.props.children : <Failure error={error} />;
  }
}

/** A reload tries again: the same import would not ask for a style sheet of the part once more. */
function Failure({ error }: { error: unknown }): ReactElement {
  const { t } = useLocalisation();
  return (
    <>
      <PageTitle text={t('service.unreachable')} />
      <ErrorNotice
        error={error}
        onRetry={() => {
          location.reload();
        }}
      />
    </>
  );
}
