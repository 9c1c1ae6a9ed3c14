import { type InputHTMLAttributes, type ReactElement, useState } from 'react';
import { useLocalisation } from '../i18n/context.ts';

/** Can be shown, so that a typing error is seen before it locks anyone out. */
export function PasswordInput(input: InputHTMLAttributes<HTMLInputElement>): ReactElement {
  const { t } = useLocalisation();
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <input type={isShown ? 'text' : 'password'} spellCheck={false} autoCapitalize="none" {...input} />
      <button
        type="button"
        className="quiet"
        aria-pressed={isShown}
        onClick={() => {
          setShown((before) => !before);
        }}
      >
        {t('session.showPassword')}
      </button>
    </div>
  );
}
