import { TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** How long somebody pauses before what they typed counts, in milliseconds. */
const PAUSE = 200;

/** A text that narrows a list down, once the typing pauses: not each letter is a question to the server. */
export function TypedFilter({ label, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <TextInput
      label={label}
      value={text}
      onChange={event => setText(event.currentTarget.value)}
      data-key="/"
      autoComplete="off"
      spellCheck={false}
    />
  );
}
