import { type ReactElement, type SubmitEvent, useRef, useState } from 'react';
import type { Job, NewJob } from '../api/jobs.ts';
import { useLocalisation } from '../i18n/context.ts';
import { useServices } from '../services.ts';
import { checkJob, type JobField, type Problems } from '../state/checks.ts';
import { type Submission, submissionFor } from '../state/submission.ts';
import { ErrorNotice } from './ErrorNotice.tsx';
import { Field } from './Field.tsx';
import { focusProblem, valueOf } from './form.ts';
import { Link } from './Link.tsx';

const KINDS = ['text.statistics', 'number.primes'] as const;
type Kind = (typeof KINDS)[number];

export function NewJobForm({ onSubmitted }: { onSubmitted: (job: Job) => void }): ReactElement {
  const { t } = useLocalisation();
  const { jobs } = useServices();
  const [kind, setKind] = useState<Kind>('text.statistics');
  const [problems, setProblems] = useState<Problems<JobField>>({});
  const [error, setError] = useState<unknown>();
  const [sending, setSending] = useState(false);
  const [submitted, setSubmitted] = useState<Job>();
  const unfinished = useRef<Submission>(undefined);

  const send = async (job: NewJob): Promise<void> => {
    const submission = submissionFor(job, unfinished.current);
    unfinished.current = submission;
    const accepted = await jobs.submit(job, submission.key);
    unfinished.current = undefined;
    setSubmitted(accepted);
    onSubmitted(accepted);
  };

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const job = jobOf(event.currentTarget, kind);
    const found = checkJob(job);
    setProblems(found);
    if (focusProblem(event.currentTarget, found) || sending) return;
    setSending(true);
    setSubmitted(undefined);
    setError(undefined);
    send(job)
      .catch(setError)
      .finally(() => {
        setSending(false);
      });
  };

  return (
    <section aria-labelledby="new-job">
      <h2 id="new-job">{t('jobs.new')}</h2>
      <form noValidate onSubmit={submit} aria-busy={sending}>
        {error !== undefined && <ErrorNotice error={error} />}
        <KindChoice kind={kind} onChoose={setKind} />
        {kind === 'text.statistics' ? (
          <Field
            key={kind}
            name="text"
            type="multiline"
            label={t('jobs.text')}
            hint={t('jobs.textHint')}
            problem={problems.text}
          />
        ) : (
          <Field
            key={kind}
            name="limit"
            inputMode="numeric"
            label={t('jobs.limit')}
            hint={t('jobs.limitHint')}
            problem={problems.limit}
          />
        )}
        <button type="submit" aria-disabled={sending}>
          {t(sending ? 'session.sending' : 'jobs.submit')}
        </button>
        <div role="status">
          {submitted && (
            <p>
              {t('jobs.submitted')} <Link to={`/jobs/${submitted.id}`}>{t('jobs.showSubmitted')}</Link>
            </p>
          )}
        </div>
      </form>
    </section>
  );
}

function KindChoice({ kind, onChoose }: { kind: Kind; onChoose: (kind: Kind) => void }): ReactElement {
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

function jobOf(form: HTMLFormElement, kind: Kind): NewJob {
  if (kind === 'text.statistics') return { kind, payload: { text: valueOf(form, 'text') } };
  const digits = valueOf(form, 'limit').trim();
  return { kind, payload: { limit: /^\d+$/.test(digits) ? Number(digits) : Number.NaN } };
}
