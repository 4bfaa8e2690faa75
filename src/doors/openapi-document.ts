/** The shape of an OpenAPI 3.1 document, as far as ours goes. It imports nothing: whoever draws one needs no gateway. */

export type OpenApi = {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description?: string }[];
  /** How Redoc, Scalar and others gather tags in their menus. */
  "x-tagGroups"?: { name: string; tags: string[] }[];
  paths: Record<string, Record<string, Operation>>;
  /** What an account's own endpoints are sent, by the type of event. */
  webhooks?: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, Scheme> };
};

export type Scheme = {
  type: string;
  description?: string;
  in?: string;
  name?: string;
  scheme?: string;
  "x-demo-user"?: string;
};

export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  example?: unknown;
  schema?: { type?: string; description?: string; example?: unknown; default?: unknown; enum?: unknown[] };
};

export type Operation = {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Record<string, { schema?: unknown; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>;
};
