let title = document.title;
let badge = 0;

/** The page's title, behind how much there is to see that the tab was hidden from. */
export function titleTab(text: string): void {
  title = text;
  show();
}

export function badgeTab(count: number): void {
  badge = count;
  show();
}

function show(): void {
  document.title = badge === 0 ? title : `(${badge}) ${title}`;
}
