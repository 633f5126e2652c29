"""What crosses HTTP for papers: blueprints, states, recipes and proofs; words only to the approver; keys never."""
