import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { StatePanel } from './StatePanel.tsx';

/** A part of an address that names nothing: what it would narrow down, where that is a filter of the page, and what it says. */
export interface Unknown {
  key: string;
  /** Its name on the page; without one the page knows no such filter. */
  label?: string;
  value: string;
}

interface Props {
  unknown: Unknown[];
  onClear: () => void;
}

/** In the place of what an address narrows down to something that is not there: without that part it would be more than was asked for. */
export function UnknownPanel({ unknown, onClear }: Props) {
  const { t } = useTranslation();
  return (
    <StatePanel
      kind="missing"
      title={t('state.unknown')}
      action={<Button onClick={onClear}>{t('state.unknownClear')}</Button>}
    >
      {t('state.unknownWhy')}{' '}
      {unknown.map(({ key, label, value }, index) => (
        <span key={key}>
          {index > 0 && ', '}
          {label ?? <span translate="no">{key}</span>} “<span translate="no">{value}</span>”
        </span>
      ))}
    </StatePanel>
  );
}
