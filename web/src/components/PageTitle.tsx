import { type ReactElement, useEffect, useRef } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { linkLeft } from './navigation.ts';
import { titleTab } from './tab-title.ts';

interface Props {
  text: string;
  /** What the tab is called, where that says more than the heading. */
  tabTitle?: string;
}

/**
 * Takes the focus when its page opens, so that keyboard and screen reader users start there. Going back, the link that
 * led away takes it.
 */
export function PageTitle({ text, tabTitle = text }: Props): ReactElement {
  const { t } = useLocalisation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const link = linkLeft();
    if (link) link.focus({ preventScroll: true });
    else heading.current?.focus();
  }, []);
  useEffect(() => {
    titleTab(`${tabTitle} · ${t('app.name')}`);
  }, [tabTitle, t]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}
