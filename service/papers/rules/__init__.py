"""Pure rules of papers: blueprints, assembly and its proof, states."""
