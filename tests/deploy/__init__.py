"""What is deployed: manifests, image, and what real tools say of them."""
