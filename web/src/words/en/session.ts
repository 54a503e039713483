export const session = {
  signIn: 'Sign in',
  signOut: 'Sign out',
  email: 'Email',
  password: 'Password',
  showPassword: 'Show password',
  code: 'Code of your second factor',
  codeHelp: 'Six digits of your authenticator, or a recovery code.',
  ended: 'Your session ended. Sign in to go on where you were.',
  refused: 'Email and password were not accepted.',
  refusedWithCode: 'Email, password and code were not accepted. A code counts once: wait for the next one.',
  tooMany: 'Too many attempts from your address. Try again in {{seconds}} seconds.',
} as const;
