/**
 * Which modules share a file. A file costs a request, of which a browser has six at a time: the first page is a handful of files
 * that come together, and what most other pages share is one more.
 */
export const groups = [
  {
    // Small, and there before anything else: what it asks for must not wait for the libraries.
    name: 'ahead',
    test: /src[\\/](api[\\/]|app[\\/]load-)?ahead\.ts$|vite[\\/]preload-helper/,
    priority: 3,
  },
  // What the first page is made of. Libraries change less often than we do: whoever comes back has them still.
  { name: 'libraries', tags: ['$initial' as const], test: /node_modules/, priority: 2 },
  { name: 'first', tags: ['$initial' as const], priority: 1 },
  // By three pages or more: what two share stays out of everybody else's way.
  { name: 'parts', minShareCount: 3 },
];
