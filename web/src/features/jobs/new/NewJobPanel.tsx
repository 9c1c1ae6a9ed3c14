import { type ReactElement, useEffect, useRef, useState } from 'react';
import { useLocalisation } from '../../../i18n/context.ts';
import { NewJobForm } from './NewJobForm.tsx';

interface Props {
  isOpen: boolean;
  onClose: () => void;
}

/** Beside the jobs, which stay in sight; what was filled in is there when it opens again. */
export function NewJobPanel({ isOpen, onClose }: Props): ReactElement {
  const { t } = useLocalisation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [startsOpen] = useState(isOpen);
  useEffect(() => {
    if (isOpen === dialog.current?.open) return;
    if (isOpen) dialog.current?.show();
    else dialog.current?.close();
  }, [isOpen]);
  useEffect(() => {
    const panel = dialog.current;
    const closeByKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') onClose();
    };
    panel?.addEventListener('keydown', closeByKey);
    return () => {
      panel?.removeEventListener('keydown', closeByKey);
    };
  }, [onClose]);
  return (
    <dialog ref={dialog} open={startsOpen} className="panel" aria-labelledby="new-job">
      <NewJobForm />
      <button type="button" className="quiet" onClick={onClose}>
        {t('jobs.close')}
      </button>
    </dialog>
  );
}
