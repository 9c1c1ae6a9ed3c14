import type { MouseEvent, ReactElement, ReactNode } from 'react';
import { navigate } from '../router.ts';

export function Link({ to, children }: { to: string; children: ReactNode }): ReactElement {
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={follow}>
      {children}
    </a>
  );
}
