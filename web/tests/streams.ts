/** A response whose body arrives in these pieces. */
export function streamOf(...pieces: string[]): Response {
  const encoder = new TextEncoder();
  return responseOf(pieces.map((piece) => encoder.encode(piece)));
}

export function responseOf(pieces: readonly Uint8Array[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      pieces.forEach((piece) => {
        controller.enqueue(piece);
      });
      controller.close();
    },
  });
  return new Response(body);
}
