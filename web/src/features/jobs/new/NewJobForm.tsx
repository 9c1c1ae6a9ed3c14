import { type ReactElement, type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { Job, NewJob } from '../../../api/jobs.ts';
import { ErrorNotice } from '../../../components/ErrorNotice.tsx';
import { Field, type FieldState } from '../../../components/Field.tsx';
import { focusProblem, type Problems, refusedFields } from '../../../components/form.ts';
import { SubmitButtons } from '../../../components/SubmitButtons.tsx';
import { useSending } from '../../../components/useSending.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import { useUser } from '../../session/context.ts';
import { useSubmitJob } from '../data/queries.ts';
import { checkJob, type JobField } from './checks.ts';
import { forgetDraft, jobOf, useDraft } from './draft.ts';
import { KindChoice } from './KindChoice.tsx';
import { type Submission, submissionFor } from './submission.ts';

export function NewJobForm(): ReactElement {
  const { t, language } = useLocalisation();
  const { id: userId } = useUser();
  const submitJob = useSubmitJob();
  const sending = useSending();
  const { values: draft, latest, change } = useDraft(userId);
  const [problems, setProblems] = useState<Problems<JobField>>({});
  const [shown, setShown] = useState<{ job: Job; again: boolean }>();
  const last = useRef<Submission>(undefined);

  const refused = refusedFields(sending.error, ['text', 'limit'] as const);

  const field = (name: JobField): FieldState => ({
    name,
    value: draft[name],
    problem: problems[name] ?? refused[name],
    onChange: (value: string) => {
      change({ [name]: value });
    },
  });

  const send = (job: NewJob): void => {
    const submission = submissionFor(job, last.current);
    last.current = submission;
    setShown(submission.accepted && { job: submission.accepted, again: true });
    if (submission.accepted) return;
    sending.send(async (signal) => {
      const accepted = await submitJob.mutateAsync({ job, key: submission.key, signal });
      last.current = { ...submission, accepted };
      forgetDraft(userId);
      setShown({ job: accepted, again: false });
    });
  };

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const job = jobOf(latest(), language);
    const found = checkJob(job);
    setProblems(found);
    setShown(undefined);
    if (!focusProblem(event.currentTarget, found) && !sending.sending) send(job);
  };

  const sendAgain = (): void => {
    last.current = undefined;
    send(jobOf(latest(), language));
  };

  return (
    <section aria-labelledby="new-job">
      <h2 id="new-job">{t('jobs.new')}</h2>
      <form noValidate onSubmit={submit} aria-busy={sending.sending}>
        {sending.error !== undefined && <ErrorNotice error={sending.error} />}
        <KindChoice
          kind={draft.kind}
          onChoose={(kind) => {
            change({ kind });
          }}
        />
        {draft.kind === 'text.statistics' ? (
          <Field type="multiline" label={t('jobs.text')} hint={t('jobs.textHint')} {...field('text')} />
        ) : (
          <Field inputMode="numeric" label={t('jobs.limit')} hint={t('jobs.limitHint')} {...field('limit')} />
        )}
        <SubmitButtons label={t('jobs.submit')} sending={sending} />
        <div role="status">
          {shown && (
            <p>
              {t(shown.again ? 'jobs.again' : 'jobs.submitted')}{' '}
              <Link href={`/jobs/${shown.job.id}`}>{t('jobs.showSubmitted')}</Link>
            </p>
          )}
        </div>
        {shown?.again && (
          <button type="button" className="quiet" onClick={sendAgain}>
            {t('jobs.submitAgain')}
          </button>
        )}
      </form>
    </section>
  );
}
