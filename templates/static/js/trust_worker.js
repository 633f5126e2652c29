// Registered by trust.js for a moment only: a browser that does not trust the certificate refuses to fetch it.
