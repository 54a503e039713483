import type { BrowserContext } from 'playwright-core';

/** Which share of two pictures differs, told by the browser that made them; all of it where they differ in size. */
export async function differing(context: BrowserContext, before: Buffer, after: Buffer): Promise<number> {
  const page = await context.newPage();
  const share = await page.evaluate(
    async pictures => {
      const read = async (base64: string) => {
        const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = new OffscreenCanvas(image.width, image.height);
        const drawn = canvas.getContext('2d');
        drawn?.drawImage(image, 0, 0);
        return drawn?.getImageData(0, 0, image.width, image.height);
      };
      const [one, other] = await Promise.all(pictures.map(read));
      if (one === undefined || other === undefined) return 1;
      if (one.width !== other.width || one.height !== other.height) return 1;
      let count = 0;
      for (let at = 0; at < one.data.length; at += 4) {
        const isSame = [0, 1, 2].every(
          channel => Math.abs((one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0)) < 24,
        );
        if (!isSame) count++;
      }
      return count / (one.width * one.height);
    },
    [before.toString('base64'), after.toString('base64')],
  );
  await page.close();
  return share;
}
