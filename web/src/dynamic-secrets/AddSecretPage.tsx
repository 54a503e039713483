export function AddSecretPage() {
  return null;
}
