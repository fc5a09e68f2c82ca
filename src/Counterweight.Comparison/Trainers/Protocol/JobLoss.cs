namespace Counterweight.Comparison;

/// <summary>The loss that a remedy asks for.</summary>
/// <param name="Name">Its name, such as <c>focal</c>.</param>
/// <param name="Parameters">Its parameters by name: a number, a list of numbers, or the word of a choice.</param>
/// <param name="Prior">The shares of the classes among the training rows.</param>
internal sealed record JobLoss(string Name, IReadOnlyList<(string Name, object Value)> Parameters, IReadOnlyList<double> Prior);
