// Starts Swagger UI. In a file of its own, because the Content-Security-Policy allows no inline code.
SwaggerUIBundle({
  url: document.getElementById("docs").dataset.openapi,
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  // Tokens stay in memory: nothing of them is kept when the page is closed.
  persistAuthorization: false,
});
