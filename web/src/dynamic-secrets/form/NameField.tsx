import { Autocomplete, defaultOptionsFilter } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  label: string;
  description?: string | undefined;
  /** The names that are known; any other can be typed all the same. */
  names: string[];
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

/** A name to type, or to pick from those that are known. How many fit is drawn as a list, and told to whoever does not see it. */
export function NameField({ names, ...field }: Props) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const options = names.map(name => ({ value: name, label: name }));
  const limit = Number.POSITIVE_INFINITY;
  const count = defaultOptionsFilter({ options, search: field.value, limit }).length;
  return (
    <>
      <Autocomplete
        {...field}
        data={options}
        onDropdownOpen={() => setIsOpen(true)}
        onDropdownClose={() => setIsOpen(false)}
        // Beside its field, so that the list is in the part of the page that it belongs to.
        comboboxProps={{ withinPortal: false }}
        required
      />
      <span className="visually-hidden" role="status">
        {isOpen && names.length > 0 && t('form.namesFit', { count })}
      </span>
    </>
  );
}
