"""What an analyst sees of an asset beside its numbers: masked previews and plots. No Dagster."""
