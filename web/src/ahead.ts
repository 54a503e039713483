import { askAhead } from './api/ahead.ts';
import { loadAhead } from './app/load-ahead.ts';

// This file is small, and runs while the rest of the script is still on its way: what that will want is asked for at once.
askAhead(location.pathname);
loadAhead(location.pathname);
