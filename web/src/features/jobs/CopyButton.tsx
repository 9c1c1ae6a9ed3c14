import { type ReactElement, useEffect, useState } from 'react';
import { useLocalisation } from '../../i18n/context.ts';
import { Icon } from '../../components/Icon.tsx';

const SHOWN_MS = 2_000;

/** Browsers let a page copy only over HTTPS, or on this machine. */
export function CopyButton({ text, label }: { text: string; label: string }): ReactElement | null {
  const { t } = useLocalisation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => {
      setCopied(false);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);

  if (!isSecureContext) return null;
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
      },
      () => undefined,
    );
  };
  const name = copied ? t('copy.done') : label;
  return (
    <button type="button" className="copy" aria-label={name} title={name} onClick={copy}>
      <Icon name={copied ? 'copied' : 'copy'} />
    </button>
  );
}
