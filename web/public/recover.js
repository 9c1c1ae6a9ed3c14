/*
 * Loads the page anew when a file of its build is gone: where the frontend's tasks share no volume with the assets of all
 * builds, and in a page that was open longer than those are kept. At most three times a minute, which it has to remember,
 * and not before nothing is filled in. A file of its own, and the first to run: the others may be missing.
 */
(function () {
  const KEY = 'recovered';
  const MOST = 3;
  const WINDOW_MS = 60_000;
  const PAUSE_MS = 500;
  let waits = false;

  function recent() {
    try {
      const times = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
      return times.filter((time) => Date.now() - time < WINDOW_MS);
    } catch {
      return [];
    }
  }

  function recover() {
    const times = recent();
    if (waits || times.length >= MOST) return;
    waits = true;
    const reload = () => {
      if (isFilledIn()) setTimeout(reload, PAUSE_MS);
      else if (remember([...times, Date.now()])) location.reload();
    };
    setTimeout(reload, PAUSE_MS * times.length);
  }

  // Of a radio button, which always has a value, both are the same.
  function isFilledIn() {
    const fields = [...document.querySelectorAll('input, textarea')];
    return fields.some(({ value, defaultValue }) => value !== defaultValue);
  }

  function remember(times) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(times));
      return true;
    } catch {
      return false;
    }
  }

  // A script or style sheet of the page. Such errors do not bubble.
  addEventListener(
    'error',
    ({ target }) => {
      if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) recover();
    },
    { capture: true },
  );
  // A part that is loaded later (Vite's guide, "Building for Production": Load Error Handling).
  addEventListener('vite:preloadError', recover);
})();
