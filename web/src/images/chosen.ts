import { createStore } from "../store/store";

/** The images that are chosen in the gallery, for what is done to them on other pages. */
export const chosenImages = createStore<{ projectId: string; ids: readonly string[] } | null>(null);
