// The API for people: Swagger UI, served by ourselves and drawing what /openapi.json says.

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  syntaxHighlight: false,
});
