package org.sbertspark.ml;

import org.sbertspark.training.Trainer;

/**
 * A trained model and how it was trained.
 *
 * @param model address of its folder
 * @param metrics address of a file with a line of JSON for each step
 */
public record TrainingOutcome(String model, String metrics, Trainer.Summary summary) {}
