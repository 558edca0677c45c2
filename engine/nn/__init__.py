"""The network: activations, losses, initializers, optimizers, schedules, backpropagation."""
