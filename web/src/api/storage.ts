/** Text by key. What the browser does not let the page store lasts as long as the page. */
export interface TextStorage {
  read: (key: string) => string | undefined;
  /** Undefined removes it. */
  write: (key: string, value: string | undefined) => void;
}

/** Reading `window.localStorage` throws where the browser blocks storage, and writing where it is full. */
export function safeStorage(open: () => Storage): TextStorage {
  const unstored = new Map<string, string>();
  return {
    read: (key) => {
      try {
        return unstored.get(key) ?? open().getItem(key) ?? undefined;
      } catch {
        return unstored.get(key);
      }
    },
    write: (key, value) => {
      unstored.delete(key);
      try {
        if (value === undefined) open().removeItem(key);
        else open().setItem(key, value);
      } catch {
        if (value !== undefined) unstored.set(key, value);
      }
    },
  };
}

/** Of this tab, also after a reload. */
export const tabStorage = safeStorage(() => sessionStorage);
/** Of the browser. */
export const browserStorage = safeStorage(() => localStorage);
