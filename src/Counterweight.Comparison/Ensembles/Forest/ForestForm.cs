namespace Counterweight.Comparison;

/// <summary>The mean of the class shares in the leaves of classification trees.</summary>
/// <param name="Trees">The trees.</param>
/// <param name="Classes">K.</param>
internal sealed record ForestForm(IReadOnlyList<GiniTree> Trees, int Classes) : ModelForm(Classes);
