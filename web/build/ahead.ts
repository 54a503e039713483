import type { Plugin } from 'vite';

/** Lets the page run the file that has `module` as soon as it is there. As an import of the entry it would wait for all others. */
export function ahead(module: string): Plugin {
  return {
    name: 'ahead',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_page, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter(output => output.type === 'chunk');
        const file = chunks.find(({ moduleIds }) => moduleIds.some(id => id.endsWith(module)));
        if (file === undefined || file.imports.length > 0)
          throw new Error(`${module} has to be in a file of its own, which imports nothing`);
        const attrs = { type: 'module', async: true, crossorigin: true, src: `/${file.fileName}` };
        return [{ tag: 'script', attrs, injectTo: 'head-prepend' }];
      },
    },
  };
}
