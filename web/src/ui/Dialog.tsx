import { Modal, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Dialog.module.css';
import { useFocusBack } from './use-focus-back.ts';
import { useTopmost } from './use-topmost.ts';

interface Props {
  title: ReactNode;
  children: ReactNode;
  onClose: () => void;
  size?: 'md' | 'lg';
  /** Whether it holds what would be lost by a stray click: then only Escape and buttons close it. */
  isHeld?: boolean;
  /** Whether something runs that cannot be left. */
  isBusy?: boolean;
}

/** A dialog. Its head is no `<header>`, which would be a second banner of the page. */
export function Dialog({ title, children, onClose, size = 'md', isHeld, isBusy }: Props) {
  const { t } = useTranslation();
  const isTopmost = useTopmost();
  useFocusBack();
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size}
      closeOnClickOutside={!isHeld && !isBusy}
      closeOnEscape={!isBusy && isTopmost}
      transitionProps={{ duration: 0 }}
      lockScroll={false}
      centered
    >
      <Modal.Overlay />
      <Modal.Content radius="md">
        <div className={classes.head}>
          <Modal.Title>
            <Title order={2} size="h4" component="span">
              {title}
            </Title>
          </Modal.Title>
          <Modal.CloseButton aria-label={t('ui.close')} disabled={isBusy === true} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
