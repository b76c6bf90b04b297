"""How good a card is: measures, predictors side by side, what so many outcomes can support."""
