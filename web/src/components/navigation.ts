/** The path that was left by going back; undefined after any other navigation. */
let pathLeft: string | undefined;
let path = location.pathname;

/** The link to the page that was left, in the page that is shown again. */
export function linkLeft(): HTMLElement | undefined {
  const links = document.querySelectorAll<HTMLAnchorElement>('main a[href]');
  return [...links].find((link) => link.getAttribute('href') === pathLeft);
}

// The router announces what it pushes; the browser restores the place in the page that one goes back to.
addEventListener('pushState', () => {
  if (path === location.pathname) return;
  pathLeft = undefined;
  path = location.pathname;
  scrollTo(0, 0);
});
addEventListener('popstate', () => {
  pathLeft = path;
  path = location.pathname;
});
