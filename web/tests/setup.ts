/** What stands for the network: the client of the API takes `fetch` once, when it is loaded. */
export const network: { answer: (request: Request) => Promise<Response> } = {
  answer: async () => Response.error(),
};

globalThis.fetch = (input) => network.answer(input as Request);
