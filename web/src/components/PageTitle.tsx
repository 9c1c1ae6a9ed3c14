import { type ReactElement, useEffect, useRef } from 'react';
import { useLocalisation } from '../i18n/context.ts';

/** Takes the focus when its page opens, so that keyboard and screen reader users start there. */
export function PageTitle({ text }: { text: string }): ReactElement {
  const { t } = useLocalisation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: cameBack });
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

/** Going back, the browser restores the place in the page. */
let cameBack = false;
addEventListener('popstate', () => {
  cameBack = true;
});
addEventListener('pushState', () => {
  cameBack = false;
});
