import { PasswordInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** The password once more, asked for where the sign-in was too long ago to stand for the person; its name is `password`. */
export function ProofField() {
  const { t } = useTranslation();
  return (
    <PasswordInput
      name="password"
      label={t('account.oldPassword')}
      description={t('account.proofHelp')}
      autoComplete="current-password"
      required
      autoFocus
      visibilityToggleButtonProps={{ 'aria-label': t('session.showPassword') }}
    />
  );
}

/** What was typed there, as it is sent. */
export function proofOf(typed: FormData): { password?: string } {
  const password = String(typed.get('password') ?? '');
  return password === '' ? {} : { password };
}
