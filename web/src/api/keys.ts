/** Names of what is kept from the service; a prefix names everything below it. */
export const keys = {
  me: ["me"] as const,
  projects: ["projects"] as const,
  folders: ["folders"] as const,
  invitations: ["invitations"] as const,
  models: ["models"] as const,
  project: (id: string) => ["project", id] as const,
  summary: (id: string) => ["project", id, "summary"] as const,
  images: (id: string) => ["project", id, "images"] as const,
  runs: (id: string) => ["project", id, "runs"] as const,
  exports: (id: string) => ["project", id, "exports"] as const,
  members: (id: string) => ["project", id, "members"] as const,
  table: (id: string) => ["project", id, "table"] as const,
  review: (id: string) => ["project", id, "review"] as const,
  image: (id: string) => ["image", id] as const,
  results: (imageId: string) => ["image", imageId, "results"] as const,
  objects: (resultId: string) => ["objects", resultId] as const,
};
