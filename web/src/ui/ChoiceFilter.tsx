import { Select, type SelectProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Choice<Value extends string> {
  value: Value;
  label: string;
}

interface Props<Value extends string> extends Pick<SelectProps, 'onSearchChange' | 'description'> {
  label: string;
  choices: Choice<Value>[];
  chosen: Value | undefined;
  onChoose: (value: Value | undefined) => void;
  /** What no choice is called. */
  all?: string;
  isSearchable?: boolean;
}

const ALL = '';

/** One of several, or all: a filter of a list. */
export function ChoiceFilter<Value extends string>({
  label,
  choices,
  chosen,
  onChoose,
  all,
  isSearchable = choices.length > 8,
  ...props
}: Props<Value>) {
  const { t } = useTranslation();
  // What was chosen stays to be seen, also where there is none of it any more.
  const isThere = chosen === undefined || choices.some(({ value }) => value === chosen);
  const known = isThere ? choices : [{ value: chosen, label: chosen }, ...choices];
  return (
    <Select
      label={label}
      data={[{ value: ALL, label: all ?? t('ui.all') }, ...known]}
      value={chosen ?? ALL}
      onChange={value => onChoose(known.find(choice => choice.value === value)?.value)}
      allowDeselect={false}
      searchable={isSearchable}
      {...props}
    />
  );
}
