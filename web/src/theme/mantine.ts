import { createTheme } from '@mantine/core';

/**
 * What components do by default. Colours and sizes are tokens in the style sheets beside this file: Mantine would write
 * its own into a `<style>`, which the content policy forbids.
 */
export const theme = createTheme({
  primaryColor: 'indigo',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  cursorType: 'pointer',
  components: {
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
    MultiSelect: { defaultProps: { searchable: true } },
    Tooltip: {
      defaultProps: { events: { hover: true, focus: true, touch: true }, multiline: true, maw: 320 },
    },
  },
});
