import { type ReactElement, useEffect, useRef } from 'react';
import { useLocalisation } from '../i18n/context.ts';

/** Takes the focus when its page appears, so that keyboards and screen readers begin there. */
export function PageTitle({ text }: { text: string }): ReactElement {
  const { t } = useLocalisation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  useEffect(() => {
    document.title = `${text} · ${t('app.name')}`;
  }, [text, t]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}
