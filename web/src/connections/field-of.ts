import type { ConnectionFieldsProps } from './ConnectionForm.tsx';

/** What a field for text gets. */
export function fieldOf({ draft, change, faults }: ConnectionFieldsProps) {
  return (name: 'name' | 'url' | 'ca' | 'clusterToken' | 'clientUrl') => ({
    value: draft[name],
    onChange: (event: { currentTarget: { value: string } }) => change({ [name]: event.currentTarget.value }),
    error: faults[name],
    autoComplete: 'off',
  });
}
